--- Help on optimisers (the form of entries: lua/saddle/help.lua).
return {
  title = "Optimisers",
  text = "",
}
