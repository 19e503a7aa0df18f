// How long a start waits for the log to be found whole, before anything is folded.

import ArgumentParser
import Domain

struct OpenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Opens a log for writing, and closes it again.")

    @Option(help: "Directory of the log.") var directory: String

    func run() throws {
        let watch = Stopwatch()
        let store = try Store(directory)
        var figures = Figures()
        figures.add(watch)
        figures.add("events", store.lastNumber)
        store.close()
        figures.print()
    }
}
