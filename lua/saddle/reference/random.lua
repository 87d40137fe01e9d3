--- Help on random (the form of entries: lua/saddle/help.lua).
return {
  title = "Random numbers",
  text = "",
}
