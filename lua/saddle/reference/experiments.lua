--- Help on experiments (the form of entries: lua/saddle/help.lua).
return {
  title = "Experiments",
  text = "",
}
