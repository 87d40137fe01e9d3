--- Help on numerics (the form of entries: lua/saddle/help.lua).
return {
  title = "Numerical routines",
  text = "",
}
