--- Help on objectives (the form of entries: lua/saddle/help.lua).
return {
  title = "Objectives",
  text = "",
}
