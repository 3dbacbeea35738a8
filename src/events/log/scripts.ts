import { createScript } from "../../redis/script.ts";

/**
 * KEYS: id, events. ARGV: an id for a new log. Sets `id`, which names the log and its epoch, and `log`, which names the log alone.
 * The stream exists as long as the log does, even empty. If one of the two was evicted or deleted, the log is a new one.
 */
const OPEN = `
if redis.call('EXISTS', KEYS[1], KEYS[2]) < 2 then
  redis.call('DEL', KEYS[2])
  redis.call('XGROUP', 'CREATE', KEYS[2], 'opening', '$', 'MKSTREAM')
  redis.call('XGROUP', 'DESTROY', KEYS[2], 'opening')
  redis.call('SET', KEYS[1], ARGV[1])
end
local id = redis.call('GET', KEYS[1])
local log = string.match(id, '^[^.]+')
`;

/** Defines `factsOf(stream)`: what Redis says of a stream. */
const FACTS = `
local function factsOf(stream)
  local info, facts = redis.call('XINFO', 'STREAM', stream), {}
  for index = 1, #info, 2 do facts[info[index]] = info[index + 1] end
  if not facts['entries-added'] then error('ERR entries-added is missing') end
  return facts
end
`;

/**
 * KEYS: id, events. Defines `isLost(position)`: whether the log, in the same epoch, had an event at a position and lost it. An event
 * that is older than all others was dropped by the size limit, if the log has dropped any: one that came back empty has not, and what
 * was put back there may begin after an event that nobody could put back.
 */
export const LOST = `${OPEN}${FACTS}
local function isBefore(one, other)
  local time, number = string.match(one, '^(%d+)-(%d+)$')
  local otherTime, otherNumber = string.match(other, '^(%d+)-(%d+)$')
  if time ~= otherTime then return tonumber(time) < tonumber(otherTime) end
  return tonumber(number) < tonumber(otherNumber)
end
local function isLost(position)
  local owner, offset = string.match(position, '^(%S+) (%S+)$')
  if owner ~= id or offset == '0-0' or #redis.call('XRANGE', KEYS[2], offset, offset) > 0 then return false end
  local facts = factsOf(KEYS[2])
  local first, hasDropped = facts['first-entry'], facts['entries-added'] > facts['length']
  return not (first and hasDropped and isBefore(offset, first[1]))
end
`;

/**
 * KEYS: id, events, writers, one claim for each event. ARGV: an id for a new log, how many events to retain, how long a claim lasts
 * in milliseconds, the channel of append notifications, the instance, the position of the last event that it appended or '', one text
 * for each event. Returns the id, the offset of the event before them or '', and for each event its offset and 0, or the offset of the
 * first delivery and 1 for a duplicate. Appends nothing and returns nothing if the log lost the last event of the instance: newer
 * events would hide the loss.
 *
 * The claim is set after the event: a script that fails is not rolled back, and a claim without an event would lose it. A claim
 * of a log that is gone does not count. A duplicate writes too, so that WAIT waits for its first delivery. A notification that
 * is not allowed delays readers by a second; it does not cost the event.
 */
export const APPEND = createScript(`${LOST}
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
last = last and last[1] or ''
if ARGV[6] ~= id .. ' ' .. last and isLost(ARGV[6]) then return false end
if redis.call('HEXISTS', KEYS[3], ARGV[5]) == 0 then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[3], ARGV[5], time[1])
end
local answer, latest = {id, last}, nil
for index = 4, #KEYS do
  local claim = redis.call('GET', KEYS[index])
  local owner, offset
  if claim then owner, offset = string.match(claim, '^(%S+) (%S+)$') end
  if owner == log then
    redis.call('PEXPIRE', KEYS[index], ARGV[3])
    answer[#answer + 1] = offset
    answer[#answer + 1] = 1
  else
    latest = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'event', ARGV[index + 3])
    redis.call('SET', KEYS[index], log .. ' ' .. latest, 'PX', ARGV[3])
    answer[#answer + 1] = latest
    answer[#answer + 1] = 0
  end
end
if latest then redis.pcall('SPUBLISH', ARGV[4], latest) end
return answer
`);

/** KEYS: recent events. ARGV: how long they last in milliseconds, offset and text of each event. */
export const REMEMBER = createScript(`
for index = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
`);

/**
 * KEYS: id, events, recent events, one claim for each event. ARGV: an id for a new log, how many events to retain, how long a
 * claim lasts in milliseconds, the text of a gap, offset and text of each event. Restores the events that are gone at their old
 * offsets. Events that newer ones follow already are refused: behind those they would be out of order, and delivered again to
 * readers that had them. A gap is appended instead. Returns how many were restored and how many were refused.
 */
export const RESTORE = createScript(`${OPEN}
local restored, refused = 0, 0
for index = 4, #KEYS do
  local claim = redis.call('GET', KEYS[index])
  if not claim or string.match(claim, '^%S+') ~= log then
    local offset, text = ARGV[2 * index - 3], ARGV[2 * index - 2]
    local added = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], offset, 'event', text)
    if type(added) ~= 'table' then
      redis.call('SET', KEYS[index], log .. ' ' .. added, 'PX', ARGV[3])
      restored = restored + 1
    elseif string.find(added.err, 'equal or smaller', 1, true) then
      redis.call('HDEL', KEYS[3], offset)
      refused = refused + 1
    else
      return added
    end
  end
end
if refused > 0 then redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'event', ARGV[4]) end
return {restored, refused}
`);

/** Sets the bounds: id, first offset or '', last offset ever, length, count ever added. */
const BOUNDS_OF = `${OPEN}${FACTS}
local facts = factsOf(KEYS[2])
local first = facts['first-entry']
local bounds = {id, first and first[1] or '', facts['last-generated-id'], facts['length'], facts['entries-added']}
`;

/** KEYS: id, events. ARGV: an id for a new log. Returns the bounds. */
export const BOUNDS = createScript(`${BOUNDS_OF}
return bounds
`);

/**
 * KEYS: id, events. ARGV: an id for a new log, the log of the position or '', the offset of the position, how many entries.
 * Returns the bounds, 1 if the log has an entry at the position, and the entries after it. The position counts as `0-0` in
 * another log; in another epoch of the same log it stays.
 */
export const READ = createScript(`${BOUNDS_OF}
local after = (ARGV[2] == '' or string.match(ARGV[2], '^[^.]+') == log) and ARGV[3] or '0-0'
local retained = #redis.call('XRANGE', KEYS[2], after, after)
return {bounds, retained, redis.call('XRANGE', KEYS[2], '(' .. after, '+', 'COUNT', ARGV[4])}
`);

/** KEYS: quarantine. ARGV: how many to retain, a text. Returns its id. */
export const QUARANTINE = createScript(`
return redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'item', ARGV[2])
`);

/** KEYS: quarantine, claim. ARGV: how many to retain, a text, how long the claim lasts in milliseconds. Adds it for the first claim. */
export const QUARANTINE_ONCE = createScript(`
if not redis.call('SET', KEYS[2], '', 'NX', 'PX', ARGV[3]) then return false end
return redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'item', ARGV[2])
`);

/** KEYS: quarantine. ARGV: an id. Removes the text and returns it, or nothing. */
export const RELEASE = createScript(`
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not found then return false end
redis.call('XDEL', KEYS[1], ARGV[1])
return found[2][2]
`);

/**
 * KEYS: id, events, writers, probe. Does what an append does: reads where that reads, and writes to a key of its own. Fails if an append
 * would fail, also because Redis forbids one of its commands or has something else under the name of a key.
 */
export const PROBE = createScript(`
redis.call('EXISTS', KEYS[1], KEYS[2])
redis.call('GET', KEYS[1])
redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
redis.call('HEXISTS', KEYS[3], '')
redis.call('TIME')
redis.call('DEL', KEYS[4])
redis.call('HSET', KEYS[4], '', '')
redis.call('DEL', KEYS[4])
redis.call('XADD', KEYS[4], 'MAXLEN', '~', 1, '*', 'event', '')
redis.call('SET', KEYS[4], '', 'PX', 10000)
return redis.call('PEXPIRE', KEYS[4], 10000)
`);
