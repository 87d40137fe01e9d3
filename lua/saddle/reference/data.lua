--- Help on data (the form of entries: lua/saddle/help.lua).
return {
  title = "Data and metrics",
  text = "",
}
