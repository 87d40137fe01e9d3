--- What models of images of patches have besides what the core's table says of all models
-- (include/saddle/model.h has their formulas): options that are no numbers, functions whose results
-- are several matrices. An entry may have
--
--   options        names of options
--   read(named)    of the options: the lists of the core's model, and init as read_init gives it
--   extend(m, o)   adds to the fields m of a model; o = {lists=, init=, act=, details=}: what read
--                  gave, the name of the activation, and what tostring says of the options
--
--- link(p, Y) -> s, h: both (m,batch).
local function extend_link(m)
  local features, rows = m.features, m.sizes[4]
  function m.link(p, Y)
    local both = features(p, Y)
    return both:row(1, rows), both:row(rows + 1, 2 * rows)
  end
  m.features = nil
end

return {
  patch_generator = require "saddle.model.patch_generator",
  product_pair = {
    extend = function(m) m.pairs = m.law.plus.rows end,
  },
  patch_link = { extend = extend_link },
}
