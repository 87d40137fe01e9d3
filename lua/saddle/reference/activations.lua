--- Help on activations (the form of entries: lua/saddle/help.lua).
return {
  title = "Activations",
  text = "",
}
