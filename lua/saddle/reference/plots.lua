--- Help on plots (the form of entries: lua/saddle/help.lua).
return {
  title = "Plots",
  text = "",
}
