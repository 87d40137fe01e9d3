--- Help on laws (the form of entries: lua/saddle/help.lua).
return {
  title = "The normal law and Hermite expansions",
  text = "",
}
