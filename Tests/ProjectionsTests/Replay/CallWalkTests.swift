// A call stepped through: the state after each event is that of the core's own fold.

import Domain
import Projections
import Testing

@Suite struct CallWalkTests {
    private let records = SampleCall.answered()

    private func screen() throws -> StepScreen {
        let ladder = try #require(Ladder(records))
        return StepScreen(CallWalk(records, ladder: ladder), ladder: ladder)
    }

    private func phases() throws -> [String] {
        let walk = CallWalk(records, ladder: try #require(Ladder(records)))
        return walk.steps.flatMap(\.changes).filter { $0.name == "phase" }.compactMap(\.after)
    }

    @Test func everyChangeOfPhaseIsAChange() throws {
        #expect(
            try phases() == [
                "offered", "authorised", "calling north", "authorised", "calling south", "answered",
                "ended: hangup",
            ])
    }

    @Test func changesLeadFromOneStateToTheNext() throws {
        let walk = CallWalk(records, ladder: try #require(Ladder(records)))
        #expect(walk.steps.map(\.record) == records)
        var state: [String: String] = [:]
        for step in walk.steps {
            for change in step.changes {
                #expect(state[change.name] == change.before)
                state[change.name] = change.after
            }
            let expected = step.state.map { ($0.name, $0.value) }
            #expect(state == Dictionary(uniqueKeysWithValues: expected))
        }
    }

    @Test func movesStayWithinTheCall() throws {
        var screen = try screen()
        screen.go(.back)
        #expect(screen.index == 0)
        screen.go(.forward)
        screen.go(.forward)
        screen.go(.back)
        #expect(screen.index == 1)
        screen.go(.last)
        screen.go(.forward)
        #expect(screen.index == records.count - 1)
        screen.go(.first)
        #expect(screen.index == 0)
    }

    @Test func aScreenFitsEveryTerminal() throws {
        var screen = try screen()
        for _ in records {
            for (rows, columns) in [(1, 1), (3, 10), (24, 80), (200, 400)] {
                let lines = screen.lines(rows: rows, columns: columns)
                #expect(lines.count == rows)
                #expect(lines.allSatisfy { $0.count <= columns })
            }
            let marked = screen.lines(rows: 24, columns: 80).filter { $0.hasPrefix(">") }
            #expect(marked.count == 1)
            screen.go(.forward)
        }
    }

    @Test func aScreenShowsWhatTheStepChanged() throws {
        var screen = try screen()
        for _ in 0..<4 { screen.go(.forward) }
        let lines = screen.lines(rows: 40, columns: 100)
        #expect(lines[0].hasPrefix(" step 5 of \(records.count)"))
        #expect(lines.contains("  * phase: offered -> authorised"))
        #expect(lines.contains { $0.hasPrefix(">") && $0.contains("trunk acme, version 4") })
        #expect(!screen.text.contains("deadbeef"))
        #expect(screen.text.contains("    phase: answered -> ended: hangup"))
    }

    @Test func aCallWithoutItsBeginningHasNoState() throws {
        let rest = Array(records.dropFirst(12))
        let walk = CallWalk(rest, ladder: try #require(Ladder(rest)))
        #expect(walk.steps.allSatisfy { $0.state.isEmpty && $0.changes.isEmpty })
    }
}
