--[[ Remove from a stream what every consumer group is done with.
     KEYS[1] the stream
     Returns how many entries were removed.
     The bound is the least, over all groups, of the smallest pending id, or else the last delivered one; without a group nothing is removed.
     Looking and removing are one script, so that no group can be made, and nothing be claimed, in between. Whole nodes go at a time (~),
     so some that might go stay. ]]
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end

-- Ids are two numbers of up to 64 bits; the second is beyond what Lua's numbers hold exactly, so it is compared as digits.
local function less(a, b)
  local ams, aseq = string.match(a, '(%d+)-(%d+)')
  local bms, bseq = string.match(b, '(%d+)-(%d+)')
  if ams ~= bms then return tonumber(ams) < tonumber(bms) end
  if #aseq ~= #bseq then return #aseq < #bseq end
  return aseq < bseq
end

local bound
for _, flat in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group = {}
  for i = 1, #flat, 2 do group[flat[i]] = flat[i + 1] end
  local id = group['last-delivered-id']
  if group['pending'] > 0 then id = redis.call('XPENDING', KEYS[1], group['name'])[2] end
  if bound == nil or less(id, bound) then bound = id end
end
if bound == nil then return 0 end
return redis.call('XTRIM', KEYS[1], 'MINID', '~', bound)
