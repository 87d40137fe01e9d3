--- Help on session (the form of entries: lua/saddle/help.lua).
return {
  title = "The session",
  text = "",
}
