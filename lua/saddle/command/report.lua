--- saddle report STORE: one HTML page of what a store holds.
local command = require "saddle.command"
local report = require "saddle.report"
require("saddle.tree").module()

return {
  usage = "report STORE [-o FILE] [options]",
  about = "Writes one HTML page: parameters, tables, curves with their spread over seeds,\n"
    .. "verdicts on claims, environment. It needs no network and no other file.",
  flags = {
    { "--output", "FILE", "the page (default: the store's name with .html)", short = "-o" },
    { "--title", "TEXT", "its title (default: the store's name)" },
  },
  run = function(words, options)
    if #words ~= 1 then command.fail("which store? see --help") end
    local file = options.output or (words[1]:gsub("%.db$", "")) .. ".html"
    command.guard(report.write, words[1], file, { title = options.title })
    print("report: " .. file)
  end,
}
