"""The Lua that keeps one person's state whole: each script runs entirely or, its first line failing, not at all.

Owns: the scripts. Never: what the values mean. All keys of one script lie in one slot; ticket keys are made inside
from the id that the `held` key gives, in the same slot.
"""

from __future__ import annotations

from typing import Final

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

# KEYS: session, hits, seen…, optout…   ARGV: how many seen, how many optout
OPEN: Final = Script(_STATE + "return state(tonumber(ARGV[1]), tonumber(ARGV[2]))", reads=True)

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

# KEYS: session, hits, seen…, optout…, held, due, counts, sessions of every channel…
# ARGV: options as JSON, session, seen mark, ticket
COMMIT_BODY: Final = (
    _STATE
    + _DROP
    + """
local o = cjson.decode(ARGV[1])
local at = 2 + o.seen + o.optouts
local held, due, counts = KEYS[at + 1], KEYS[at + 2], KEYS[at + 3]
local now = state(o.seen, o.optouts)
if now[3] == 1 or now[1] ~= o.version then return now end
if o.forget or o.cancel or o.ticket then drop(held, due, o.tickets) end
if o.forget then
  for i = at + 4, #KEYS do redis.call('DEL', KEYS[i]) end
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
  redis.call('ZADD', due, o.due, o.ticket)
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

# What still lies under an earlier id.   KEYS: held, due, then keys to delete   ARGV: prefix of tickets, drop or keep
CLEAR: Final = Script(
    _DROP
    + """
local gone = 0
if ARGV[2] == 'drop' then gone = drop(KEYS[1], KEYS[2], ARGV[1]) end
for i = 3, #KEYS do gone = gone + redis.call('DEL', KEYS[i]) end
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
