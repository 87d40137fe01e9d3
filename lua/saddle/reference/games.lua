--- Help on games (the form of entries: lua/saddle/help.lua).
return {
  title = "Games and dynamics",
  text = "",
}
