--[[ A stream and one consumer group on it, at one instant. Writes nothing.
     KEYS[1] the stream, ARGV[1] the group
     Returns nothing where there is no stream, else names, each before its text: now (ms), length, entries-added (where the server counts them),
     first-id (where there is an entry); where the group exists also last-delivered-id, lag (where the server knows it), pending,
     oldest-pending-id (where there is one), and next-id, the first entry that was not delivered (where there is one). ]]
local function record(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local info = redis.pcall('XINFO', 'STREAM', KEYS[1])
if info.err then
  if string.find(info.err, 'no such key', 1, true) then return {} end
  return info
end

local seen = {}
local function tell(name, value)
  if value == nil or value == false then return end
  seen[#seen + 1] = name
  seen[#seen + 1] = tostring(value)
end

-- Of entries the id alone: their content has no part in this.
local function first_id(from)
  local entry = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 1)[1]
  return entry and entry[1]
end

local time = redis.call('TIME')
local stream = record(info)
tell('now', string.format('%d%03d', time[1], math.floor(time[2] / 1000)))
tell('length', stream['length'])
tell('entries-added', stream['entries-added'])
tell('first-id', first_id('-'))

for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = record(flat)
  if group['name'] == ARGV[1] then
    tell('last-delivered-id', group['last-delivered-id'])
    tell('lag', group['lag'])
    tell('pending', group['pending'])
    tell('next-id', first_id('(' .. group['last-delivered-id']))
    if group['pending'] > 0 then tell('oldest-pending-id', redis.call('XPENDING', KEYS[1], ARGV[1])[2]) end
  end
end
return seen
