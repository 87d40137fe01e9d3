std = "lua54"
max_line_length = 100
-- Fields of a matrix or of `sd` are looked up through metatables.
files["tests/**/*_spec.lua"] = { std = "lua54+busted" }
