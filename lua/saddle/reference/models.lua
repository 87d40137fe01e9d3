--- Help on models (the form of entries: lua/saddle/help.lua).
return {
  title = "Models",
  text = "",
}
