--- Help on arrange (the form of entries: lua/saddle/help.lua).
return {
  title = "Sorting, indexing, arranging",
  text = "",
}
