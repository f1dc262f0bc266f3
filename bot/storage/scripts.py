"""The Lua that keeps one person's state whole: each script runs entirely or, its first line failing, not at all.

Owns: the scripts. Never: what the values mean. All keys of one script lie in one slot; ticket keys are made inside
from the id that the `held` key gives, in the same slot.
"""

from __future__ import annotations

from typing import Final

from bot.storage import keys
from bot.storage.connect import Script

# A key of the wrong type (garbage at our name) is dropped and counts as absent.
_STATE: Final = """
local function session()
  local got = redis.pcall('HMGET', KEYS[1], 'v', 'd')
  if got.err then redis.call('DEL', KEYS[1]); return '0', '' end
  if not string.match(got[1] or '', '^%d+$') then return '0', '' end
  return got[1], got[2] or ''
end
local function plain(key)
  local got = redis.pcall('GET', key)
  if type(got) == 'table' then return got.err and '' or nil end
  return got
end
local function first(from, to)
  for i = from, to do
    local got = plain(KEYS[i])
    if got then return got end
  end
  return false
end
local function state(seen, optouts)
  local v, d = session()
  local mark = first(3, 2 + seen)
  local out = first(3 + seen, 2 + seen + optouts)
  return {v, d, mark and 1 or 0, mark or '', out and 1 or 0, plain(KEYS[2]) or '0'}
end
"""

# KEYS: session, hits, seen…, optout…, link   ARGV: how many seen, how many optout
OPEN: Final = Script(
    _STATE
    + """
local got = state(tonumber(ARGV[1]), tonumber(ARGV[2]))
got[#got + 1] = plain(KEYS[#KEYS]) or ''
return got
""",
    reads=True,
)

_DROP: Final = """
local function drop(held, due, prefix)
  local id = redis.pcall('GET', held)
  local gone = redis.call('DEL', held)
  if type(id) == 'string' then
    gone = gone + redis.call('DEL', prefix .. id) + redis.call('ZREM', due, id)
  end
  return gone
end
"""

# Ids of messages at the carrier lie in `said` as they will lie in `erase`, so that forgetting only moves them. A first
# letter says what is to be done: e (empty it) or w (erase it whole). Garbage at our names goes.
_SAID: Final = """
local function ours(key, kind)
  local is = redis.call('TYPE', key).ok
  if is ~= kind and is ~= 'none' then redis.call('DEL', key) end
end
local function due(erase, at, one)
  redis.call('ZADD', erase, at, one)
  redis.call('PEXPIRE', erase, LIFE)
  return 1
end
local function move(said, erase, at)
  ours(said, 'list'); ours(erase, 'zset')
  for _, one in ipairs(redis.call('LRANGE', said, 0, -1)) do due(erase, at, one) end
  return redis.call('DEL', said)
end
""".replace("LIFE", str((keys.ERASE_TTL + keys.DAY) * 1000))

# KEYS: session, hits, seen…, optout…, held, due, counts, said, erase, then what else forgetting deletes
# ARGV: options as JSON, session, seen mark, ticket, sealed id of this message at the carrier or ''
COMMIT_BODY: Final = (
    _STATE
    + _DROP
    + _SAID
    + """
local o = cjson.decode(ARGV[1])
local at = 2 + o.seen + o.optouts
local held, tickets, counts, said, erase = KEYS[at + 1], KEYS[at + 2], KEYS[at + 3], KEYS[at + 4], KEYS[at + 5]
local now = state(o.seen, o.optouts)
if now[3] == 1 or now[1] ~= o.version then return now end
if o.forget or o.cancel or o.ticket then drop(held, tickets, o.tickets) end
if o.forget then
  move(said, erase, o.now)
  for i = at + 6, #KEYS do redis.call('DEL', KEYS[i]) end
  redis.call('DEL', KEYS[2])
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'v', o.next, 'd', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], o.ttl)
end
redis.call('SET', KEYS[3], ARGV[3], 'PX', o.seen_ttl)
if o.opt_out == true then redis.call('SET', KEYS[3 + o.seen], '1', 'PX', o.optout_ttl) end
if o.opt_out == false then
  for i = 3 + o.seen, at do redis.call('DEL', KEYS[i]) end
end
if o.ticket then
  redis.call('SET', o.tickets .. o.ticket, ARGV[4], 'PX', o.ticket_ttl)
  redis.call('SET', held, o.ticket, 'PX', o.ticket_ttl)
  redis.call('ZADD', tickets, o.due, o.ticket)
end
if ARGV[5] ~= '' then
  ours(said, 'list'); ours(erase, 'zset')
  redis.call('ZREMRANGEBYSCORE', erase, '-inf', o.stale)
  due(erase, o.answered, (o.forget and 'w' or 'e') .. ARGV[5])
  if not o.forget then
    redis.call('RPUSH', said, 'w' .. ARGV[5])
    redis.call('PEXPIRE', said, o.said_ttl)
  end
end
for _, name in ipairs(o.counts) do redis.call('HINCRBY', counts, name, 1) end
if not o.forget then
  redis.call('INCRBY', KEYS[2], o.weight)
  if redis.call('PTTL', KEYS[2]) < 0 then redis.call('PEXPIRE', KEYS[2], o.hits_ttl) end
end
return false
"""
)
COMMIT: Final = Script(COMMIT_BODY)
# What takes away or says no must work when memory is full, too.
COMMIT_ALWAYS: Final = Script("#!lua flags=allow-oom\n" + COMMIT_BODY)

# The carrier says no for her.   KEYS: held, due, optout   ARGV: prefix of tickets, ttl of the mark
OPT_OUT: Final = Script(
    "#!lua flags=allow-oom\n"
    + _DROP
    + "redis.call('SET', KEYS[3], '1', 'PX', ARGV[2]); return drop(KEYS[1], KEYS[2], ARGV[1])"
)

# What still lies under an earlier id.   KEYS: held, due, said, erase, then keys to delete
# ARGV: prefix of tickets, drop or keep, when what was said is to be erased or ''
CLEAR: Final = Script(
    "#!lua flags=allow-oom\n"
    + _DROP
    + _SAID
    + """
local gone = 0
if ARGV[2] == 'drop' then gone = drop(KEYS[1], KEYS[2], ARGV[1]) end
if ARGV[3] ~= '' then gone = gone + move(KEYS[3], KEYS[4], ARGV[3]) end
for i = 5, #KEYS do gone = gone + redis.call('DEL', KEYS[i]) end
return gone
"""
)

# Takes what is due for `lease`: it comes back if whoever took it dies before the claim.
# KEYS: due   ARGV: now, until, how many, prefix of tickets
TAKE: Final = Script(
    """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
local taken = {}
for _, id in ipairs(ids) do
  if redis.call('EXISTS', ARGV[4] .. id) == 1 then
    redis.call('ZADD', KEYS[1], ARGV[2], id)
    taken[#taken + 1] = id
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return taken
"""
)

# Nobody can claim a ticket twice.   KEYS: ticket, due   ARGV: id
CLAIM: Final = Script("redis.call('ZREM', KEYS[2], ARGV[1]); return redis.call('GETDEL', KEYS[1])")

# The last look before a send: still held, so neither forgotten, stopped nor replaced since the claim.
# KEYS: held, optout…   ARGV: id, how long the sender may take   1: go, 0: not held here, -1: opted out
CONFIRM: Final = Script(
    """
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('DEL', KEYS[1]); return -1 end
end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
)

# After a send: leaves the session for the answer, unless she wrote or was forgotten meanwhile.
# KEYS: held, session   ARGV: id, session or '', its version, its ttl
SETTLE: Final = Script(
    """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
if ARGV[2] == '' or redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('HSET', KEYS[2], 'v', ARGV[3], 'd', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
"""
)

# A message of ours is over. Of somebody whose talk is remembered it is emptied, and erased with the rest; of anybody
# else it is erased whole.   KEYS: said, erase   ARGV: sealed id, now, "last": erase it even if nobody is remembered
OVER: Final = Script(
    _SAID
    + """
ours(KEYS[1], 'list'); ours(KEYS[2], 'zset')
if redis.call('RPUSHX', KEYS[1], 'w' .. ARGV[1]) > 0 then
  return due(KEYS[2], ARGV[2], 'e' .. ARGV[1])
end
return ARGV[3] == 'last' and due(KEYS[2], ARGV[2], 'w' .. ARGV[1]) or 0
"""
)

# Takes what is to be erased, for a lease.   KEYS: erase   ARGV: now, until, how many
TAKE_ERASE: Final = Script(
    """
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, one in ipairs(found) do redis.call('ZADD', KEYS[1], ARGV[2], one) end
return found
"""
)
