--- Help on statistics (the form of entries: lua/saddle/help.lua).
return {
  title = "Statistics",
  text = "",
}
