--[[ Streams and one consumer group on them, all at one instant. Writes nothing.
     KEYS the streams    ARGV[1] the group    ARGV[2] how far to count the entries that were not delivered; 0: not at all
     Returns one text, for it takes a client longer to be told of many than to divide one: a line with the server's time (ms), then one for each
     stream, which is empty where there is none. Else it says, with a space between them and a dash for each that there is not: length,
     entries-added (where the server counts them), last-id (the greatest that it ever gave), first-id (where there is an entry); where the group
     exists last-delivered-id, lag (where the server knows it), pending, oldest-pending-id (where there is one), next-id, the first entry that
     was not delivered (where there is one), and counted, how many were not delivered, where that was asked. ]]
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

local function text(value)
  return value and tostring(value) or '-'
end

local function look_at_group(key, group, last_id)
  local oldest_pending, next_id, counted
  if group['pending'] > 0 then oldest_pending = redis.call('XPENDING', key, group_name)[2] end
  if group['last-delivered-id'] ~= last_id then -- otherwise there is nothing after it
    local after = '(' .. group['last-delivered-id']
    local entries = redis.call('XRANGE', key, after, '+', 'COUNT', math.max(1, count_to))
    if entries[1] then next_id = entries[1][1] end
    if count_to > 0 then counted = #entries end
  end
  return table.concat({ group['last-delivered-id'], text(group['lag']), text(group['pending']), text(oldest_pending), text(next_id), text(counted) }, ' ')
end

-- A line, or an error.
local function look_at(key)
  local info = redis.pcall('XINFO', 'STREAM', key)
  if info.err then return string.find(info.err, 'no such key', 1, true) and '' or info end
  local stream, group = record(info), group_on(key)
  local last_id, first = stream['last-generated-id'], stream['first-entry']
  local of_stream = { text(stream['length']), text(stream['entries-added']), last_id, text(first and first[1]) }
  return table.concat(of_stream, ' ') .. ' ' .. (group and look_at_group(key, group, last_id) or '- - - - - -')
end

local time = redis.call('TIME')
local lines = { string.format('%d%03d', time[1], math.floor(time[2] / 1000)) }
for _, key in ipairs(KEYS) do
  local line = look_at(key)
  if type(line) == 'table' then return line end
  lines[#lines + 1] = line
end
return table.concat(lines, '\n')
