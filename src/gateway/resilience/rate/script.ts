import {
  CAUTION_MS,
  ESTIMATE_RATIO,
  GROWTH,
  MIN_PER_MS,
  PATIENCE_MS,
  PAUSE_MS,
  type RateSource,
  RESERVES,
  ROUNDING,
  UNKNOWN_STATE,
} from "./token-bucket.ts";

/** How long a bucket is kept after its last call, and an instance is counted after its last call. */
const BUCKET_TTL_MS = 3_600_000;
const INSTANCE_TTL_MS = 30_000;

/**
 * The sources as they are stored in Redis. Instances of several versions share one bucket, so the stored words stay as they were
 * first chosen.
 */
export const STORED_SOURCES: Readonly<Record<string, RateSource>> = {
  nothing: "unknown",
  unlimited: "unlimited",
  told: "advertised",
  guessed: "estimated",
};

/**
 * The bucket of token-bucket.ts in Redis, by the clock of Redis. KEYS: bucket, instances. ARGV: this instance; wanted calls of the
 * priorities door, interactive, bulk; advertised limit (0: not advertised), remaining, tokens per millisecond; milliseconds of
 * Retry-After (-1: not refused); 1 if a call ended. Returns three grants, stored source, tokens, capacity, tokens per
 * millisecond, milliseconds for which calls are blocked, milliseconds until the bucket is forgotten, instances.
 */
export const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, remaining, rate = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local retryAfter, ended = tonumber(ARGV[8]), ARGV[9] == '1'

local names = {'source', 'tokens', 'at', 'capacity', 'perMs', 'blockedUntil', 'granted', 'since', 'grantedAt'}
local start = {'nothing', ${UNKNOWN_STATE.capacity}, now, ${UNKNOWN_STATE.capacity}, ${UNKNOWN_STATE.perMs}, 0, 0, now, 0}
local saved = redis.call('HMGET', KEYS[1], unpack(names))
local state = {}
for index, name in ipairs(names) do
  local value = saved[index] or start[index]
  state[name] = name == 'source' and value or tonumber(value)
end

local function required(reserve)
  local kept = reserve == 0 and 0 or math.max(1, math.ceil(reserve * state.capacity))
  return math.min(math.max(1, state.capacity), 1 + kept)
end
local function restart() state.granted, state.since = 0, now end

if now - math.max(state.at, state.blockedUntil) > ${PAUSE_MS} then restart() end
if state.source == 'nothing' and state.granted > 0 and now - state.since > ${CAUTION_MS} then state.source = 'unlimited' end
state.tokens = math.min(state.capacity, state.tokens + math.max(0, now - state.at) * state.perMs)
state.at = now
local function forgottenAt() return math.max(state.grantedAt, state.blockedUntil) + ${PATIENCE_MS} end
if state.tokens < state.capacity and now >= forgottenAt() then
  for index, name in ipairs(names) do state[name] = start[index] end
  state.grantedAt = now
end

if limit > 0 then
  local first = state.source ~= 'told'
  state.tokens = math.min(first and limit or state.tokens, math.max(0, remaining + 1 - (first and state.granted or 0)))
  state.source, state.capacity, state.perMs = 'told', limit, rate
elseif retryAfter >= 0 and state.source ~= 'told' and state.blockedUntil <= now then
  local measured = ${ESTIMATE_RATIO} * state.granted / math.max(${PAUSE_MS}, now - state.since)
  state.perMs = math.max(measured, state.source == 'guessed' and state.perMs / 2 or ${MIN_PER_MS})
  state.source, state.capacity = 'guessed', math.max(1, state.perMs * 1000)
  restart()
elseif ended and state.source == 'nothing' then
  state.source = 'unlimited'
end
if retryAfter >= 0 then
  state.tokens = math.min(state.tokens, 0)
  state.blockedUntil = math.max(state.blockedUntil, now + retryAfter)
end

local function grant(wanted, reserve)
  if state.blockedUntil > now then return 0 end
  if state.source == 'unlimited' then return wanted end
  local spare = state.tokens - required(reserve) + ${ROUNDING}
  local granted = spare < 0 and 0 or math.min(wanted, math.floor(spare) + 1)
  state.tokens = state.tokens - granted
  if state.source == 'guessed' then
    state.perMs = state.perMs + granted * (${GROWTH.perCall} + ${GROWTH.perCallAndMs} * (now - state.since) / state.perMs)
    state.capacity = math.max(1, state.perMs * 1000)
  end
  return granted
end
local door = grant(tonumber(ARGV[2]), ${RESERVES.door})
local interactive = grant(tonumber(ARGV[3]), ${RESERVES.interactive})
local bulk = grant(tonumber(ARGV[4]), ${RESERVES.bulk})
if state.source == 'nothing' and state.granted == 0 then state.since = now end
state.granted = state.granted + door + interactive + bulk
if door + interactive + bulk > 0 then state.grantedAt = now end

local fields = {}
for _, name in ipairs(names) do
  fields[#fields + 1] = name
  fields[#fields + 1] = name == 'source' and state.source or string.format('%.17g', state[name])
end
redis.call('HSET', KEYS[1], unpack(fields))
redis.call('PEXPIRE', KEYS[1], math.max(${BUCKET_TTL_MS}, math.ceil(state.blockedUntil - now)))
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ${INSTANCE_TTL_MS})
redis.call('PEXPIRE', KEYS[2], ${INSTANCE_TTL_MS})

return {door, interactive, bulk, state.source, string.format('%.17g', state.tokens), string.format('%.17g', state.capacity),
  string.format('%.17g', state.perMs), string.format('%.17g', math.max(0, state.blockedUntil - now)),
  string.format('%.17g', math.max(0, forgottenAt() - now)), redis.call('ZCARD', KEYS[2])}
`;
