--- Help on matrixfree (the form of entries: lua/saddle/help.lua).
return {
  title = "Matrix-free spectra",
  text = "",
}
