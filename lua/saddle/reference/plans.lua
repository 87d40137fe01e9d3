--- Help on plans (the form of entries: lua/saddle/help.lua).
return {
  title = "Compiled functions and runs",
  text = "",
}
