--- Help on files (the form of entries: lua/saddle/help.lua).
return {
  title = "Files",
  text = "Matrices go to .npy, .npz and .csv files, which NumPy, Octave and Julia read, and come "
    .. "back from these and from IDX (MNIST). A file is written whole or not at all. Loading "
    .. "checks everything that a file says of itself and never executes anything. In files rows "
    .. "are what they are in memory; sd.data.points reads a sample per row.",
  source = "include/saddle/io.h",
  { "sd.save(path, value[, {header=}])",
    "Writes a matrix (.npy, .csv), or a table of matrices and numbers, nested as they are (.npz; "
      .. ".csv of columns of one length, named in its first line).",
    path = "string the extension says which format", value = "matrix|table", header = "table "
      .. "names of columns, of .csv",
    errors = "another extension; what the format cannot hold; a full disk, a folder that is not "
      .. "there.",
    source = "the .npy format, version 1.0; zip; RFC 4180",
    example = [[
sd.save("FOLDER/run.npz", { W = sd.eye(2), layers = { sd.ones(1, 3) }, lr = 0.1 })
local t = sd.load "FOLDER/run.npz"
print(t.lr, t.layers[1].cols, t.W(2, 2)) --> 0.1  3  1.0
]] },
  { "sd.load(path) -> value, extra",
    "Reads what sd.save wrote, what NumPy wrote, and IDX files, also gzipped: their images as "
      .. "columns.",
    path = "string", value = "matrix|table", extra = "table|nil of .csv the names of its columns, "
      .. "of IDX the shape of an image",
    errors = "a file that is missing, truncated, damaged or hostile (where and what is said); "
      .. "types that a matrix cannot hold.",
    example = [[
sd.save("FOLDER/a.csv", { x = sd.matrix { 1, 2 }, y = sd.matrix { 3, 4 } })
local A, names = sd.load "FOLDER/a.csv"
print(A(2, 2), names[2]) --> 4.0  y
]] },
}
