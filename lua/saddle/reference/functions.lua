--- Help on functions (the form of entries: lua/saddle/help.lua).
return {
  title = "Functions of elements",
  text = "",
}
