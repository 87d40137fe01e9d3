--- Help on derivatives (the form of entries: lua/saddle/help.lua).
return {
  title = "Derivatives",
  text = "",
}
