-- The health of an egress rule, from the status that CES writes into it. Argo CD calls it with the object as `obj`.
local health = { status = "Progressing", message = "CES has not looked at this rule yet." }
local status = obj.status
if status == nil or status.phase == nil then
  return health
end
if obj.metadata.generation ~= nil and (status.observedGeneration or 0) < obj.metadata.generation then
  health.message = "CES has not looked at the latest change yet."
  return health
end

local messages = {}
for _, condition in ipairs(status.conditions or {}) do
  if condition.status ~= "True" and condition.message ~= nil and condition.message ~= "" then
    table.insert(messages, condition.message)
  end
end
health.message = #messages > 0 and table.concat(messages, " ") or status.phase

if status.phase == "Success" or status.phase == "Inactive" then
  -- Inactive: not meant to apply now, for instance because a Deployment is scaled to nothing.
  health.status = "Healthy"
elseif status.phase == "Failed" or status.phase == "Quarantined" then
  health.status = "Degraded"
end
return health
