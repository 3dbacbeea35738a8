import { createScript } from "../../redis/script.ts";
import { LOST } from "./scripts.ts";

/**
 * The roll call after a restart of Redis, or after another node became the master. Each instance says what it knows of the log. The log
 * is complete if every instance that may have appended is there and finds what it knows. Otherwise events may be lost that
 * nobody can put back, and the log begins a new epoch: every position of before is behind a gap.
 */

/**
 * KEYS: id, events, run. ARGV: an id for a new log, the position of the last event that the instance appended or ''. Returns the run of
 * Redis in which the log is known to be complete, if there is one, and 1 if the log lost that event.
 */
export const VERIFY = createScript(`${LOST}
return {redis.call('GET', KEYS[3]), isLost(ARGV[2]) and 1 or 0}
`);

/**
 * KEYS: writers. ARGV: the instance, after how many seconds without a sign of life another one counts as gone. What such an instance
 * appended was read by the others since. Returns all instances that may append.
 */
export const HEARTBEAT = createScript(`
local now = redis.call('TIME')[1]
redis.call('HSET', KEYS[1], ARGV[1], now)
local writers, all = redis.call('HGETALL', KEYS[1]), {}
for index = 1, #writers, 2 do
  if tonumber(writers[index + 1]) < tonumber(now) - ARGV[2] then redis.call('HDEL', KEYS[1], writers[index])
  else all[#all + 1] = writers[index] end
end
return all
`);

/** KEYS: writers. ARGV: an instance that stopped cleanly, after everything that it appended is acknowledged or was refused. */
export const LEAVE = createScript(`
return redis.call('HDEL', KEYS[1], ARGV[1])
`);

/** Sets `answers`: what the instances of this run of Redis said, by instance. KEYS from `first`: writers, roll. */
const answersOf = (first: number, run: number) => `
local roll, answers = redis.call('HGETALL', KEYS[${first + 1}]), {}
for index = 1, #roll, 2 do
  local at, forgotten, seen = string.match(roll[index + 1], '^([^|]*)|([^|]*)|([^|]*)$')
  if at == ARGV[${run}] then answers[roll[index]] = {forgotten, seen} end
end
`;

/**
 * KEYS: writers, roll. ARGV: the instance, the run of Redis, the position of the last event that it cannot put back or '', the position
 * to which it has seen the log reach or '', how long the roll lasts in milliseconds, the other instances that it knows of.
 */
export const ATTEND_ROLL = createScript(`
local now = redis.call('TIME')[1]
for index = 6, #ARGV do redis.call('HSETNX', KEYS[1], ARGV[index], now) end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. '|' .. ARGV[3] .. '|' .. ARGV[4])
return redis.call('PEXPIRE', KEYS[2], ARGV[5])
`);

/** KEYS: writers, roll. ARGV: the run of Redis. Returns how many instances that may have appended are missing. */
export const ABSENT = createScript(`${answersOf(1, 1)}
local absent = 0
for _, writer in ipairs(redis.call('HKEYS', KEYS[1])) do
  if not answers[writer] then absent = absent + 1 end
end
return absent
`);

/**
 * KEYS: id, events, run, writers, roll. ARGV: an id for a new log, an epoch, the run of Redis, the instance. Ends the roll call; an
 * instance that comes later is examined alone. A position of an older epoch says that Redis forgot the newer one. Returns 1 if the log
 * begins a new epoch.
 */
export const CLOSE_ROLL = createScript(`${LOST}${answersOf(4, 3)}
local own, isComplete = answers[ARGV[4]] or {'', ''}, true
if redis.call('GET', KEYS[3]) == ARGV[3] then
  isComplete = not isLost(own[1]) and not isLost(own[2])
else
  local hasWitness = false
  for _, writer in ipairs(redis.call('HKEYS', KEYS[4])) do
    if not answers[writer] then isComplete = false end
  end
  redis.call('DEL', KEYS[4])
  local now = redis.call('TIME')[1]
  for writer, positions in pairs(answers) do
    redis.call('HSET', KEYS[4], writer, now)
    for _, position in ipairs(positions) do
      local owner = string.match(position, '^%S+')
      local isForeign = owner and owner ~= id and string.match(owner, '^[^.]+') == log
      if isForeign or isLost(position) then isComplete = false end
      if owner == id then hasWitness = true end
    end
  end
  isComplete = isComplete and hasWitness
  redis.call('SET', KEYS[3], ARGV[3])
end
if isComplete then return 0 end
redis.call('SET', KEYS[1], log .. '.' .. ARGV[2])
return 1
`);
