--- Help on reductions (the form of entries: lua/saddle/help.lua).
return {
  title = "Reductions",
  text = "",
}
