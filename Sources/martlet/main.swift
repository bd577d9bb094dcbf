internal import Command

// Results are written out by the time `run` returns.
let environment = Descriptor.environment()
let terminal = Terminal.standard(environment: environment)
let words = Array(CommandLine.arguments.dropFirst())
Descriptor.leave(Command.run(words, terminal, environment: environment))
