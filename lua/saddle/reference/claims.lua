--- Help on claims (the form of entries: lua/saddle/help.lua).
return {
  title = "Claims",
  text = "",
}
