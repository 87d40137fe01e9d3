std = "lua54"
max_line_length = 100
ignore = { "581" } -- "not (x <= y)" is how NaN is caught
files["lua/saddle/optim/ada*.lua"] = { globals = { "sd" } }
files["tests/**/*_spec.lua"] = { std = "lua54+busted" }
files["tests/lua/wrong_calls_spec.lua"] = { std = "lua54+busted", max_line_length = false }
files["lua/types/saddle.lua"] = { unused = false, redefined = false, max_line_length = false }
