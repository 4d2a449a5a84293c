--[[ Streams and one consumer group on them, all at one instant. Writes nothing.
     KEYS the streams    ARGV[1] the group    ARGV[2] how far to count the entries that were not delivered; 0: not at all
     Returns for each stream nothing where there is none, else names, each before its text: now (ms), length, entries-added (where the server
     counts them), last-id (the greatest that it ever gave), first-id (where there is an entry); where the group exists also last-delivered-id,
     lag (where the server knows it), pending, oldest-pending-id (where there is one), next-id, the first entry that was not delivered (where
     there is one), and counted, how many were not delivered, where that was asked. ]]
local group_name, count_to = ARGV[1], tonumber(ARGV[2])

local function record(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

-- Nothing where there is no such group. Others may read the same stream.
local function group_on(stream)
  for _, flat in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local group = record(flat)
    if group['name'] == group_name then return group end
  end
end

-- Nothing where there is no such stream.
local function look_at(key, now)
  local info = redis.pcall('XINFO', 'STREAM', key)
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

  local stream = record(info)
  tell('now', now)
  tell('length', stream['length'])
  tell('entries-added', stream['entries-added'])
  tell('last-id', stream['last-generated-id'])
  if stream['first-entry'] then tell('first-id', stream['first-entry'][1]) end

  local group = group_on(key)
  if group == nil then return seen end
  tell('last-delivered-id', group['last-delivered-id'])
  tell('lag', group['lag'])
  tell('pending', group['pending'])
  if group['pending'] > 0 then tell('oldest-pending-id', redis.call('XPENDING', key, group_name)[2]) end
  if group['last-delivered-id'] ~= stream['last-generated-id'] then -- otherwise there is nothing after it
    local after = '(' .. group['last-delivered-id']
    local entries = redis.call('XRANGE', key, after, '+', 'COUNT', math.max(1, count_to))
    if entries[1] then tell('next-id', entries[1][1]) end
    if count_to > 0 then tell('counted', #entries) end
  end
  return seen
end

local time = redis.call('TIME')
local now = string.format('%d%03d', time[1], math.floor(time[2] / 1000))
local looks = {}
for i, key in ipairs(KEYS) do
  looks[i] = look_at(key, now)
  if looks[i].err then return looks[i] end
end
return looks
