--- Help on results (the form of entries: lua/saddle/help.lua).
return {
  title = "Results of runs",
  text = "",
}
