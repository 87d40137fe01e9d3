--- Start-up: the time of a program, in the kernel too, when all it does is to load itself; for
-- Python with an import of the library.
return {
  title = "start-up",
  cases = { {} }, reference = 1, steps = 1,
  data = function() return {} end,
  targets = function() return { seconds = 10e-3 } end,
}
