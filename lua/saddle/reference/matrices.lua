--- Help on matrices (the form of entries: lua/saddle/help.lua).
return {
  title = "Matrices",
  text = "",
}
