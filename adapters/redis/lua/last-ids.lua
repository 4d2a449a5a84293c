--[[ The greatest id that each of some streams ever gave, all at one instant. Writes nothing.
     KEYS the streams
     Returns one text: the ids in order with a space between them, nothing in the place of a stream that is not there. ]]
local ids = {}
for i, key in ipairs(KEYS) do
  local info = redis.pcall('XINFO', 'STREAM', key)
  if info.err and not string.find(info.err, 'no such key', 1, true) then return info end
  ids[i] = ''
  for field = 1, #info, 2 do
    if info[field] == 'last-generated-id' then ids[i] = info[field + 1] end
  end
end
return table.concat(ids, ' ')
