--- Help on processes (the form of entries: lua/saddle/help.lua).
return {
  title = "Processes under mpirun",
  text = "",
}
