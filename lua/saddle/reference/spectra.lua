--- Help on spectra (the form of entries: lua/saddle/help.lua).
return {
  title = "Spectra, kernels and bounds",
  text = "",
}
