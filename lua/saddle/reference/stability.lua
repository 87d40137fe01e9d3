--- Help on stability (the form of entries: lua/saddle/help.lua).
return {
  title = "Stability",
  text = "",
}
