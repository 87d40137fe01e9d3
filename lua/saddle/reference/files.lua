--- Help on files (the form of entries: lua/saddle/help.lua).
return {
  title = "Files",
  text = "",
}
