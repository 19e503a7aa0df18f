import Domain
import Testing

@Suite struct HuntTests {
    /// Random tables of routes: whatever the draw, prefixes shrink and priorities rise.
    @Test(arguments: 0..<40)
    func prefixThenPriority(_ seed: UInt64) throws {
        var bench = Bench()
        bench.generator = Seeded(seed)
        let prefixes = ["", "1", "15", "155", "1555", "2"]
        for _ in 0..<Int.random(in: 1...12, using: &bench.generator) {
            try bench.carryOut(
                .createRoute(
                    RouteDraft(
                        prefix: prefixes.randomElement(using: &bench.generator), echo: true,
                        priority: Int.random(in: 0...2, using: &bench.generator),
                        weight: Int.random(in: 0...3, using: &bench.generator))))
        }
        let found = bench.directory.hunt(Octets("15551".utf8), using: &bench.generator)
        let matching = bench.directory.routes.filter { "15551".hasPrefix($0.prefix) }
        #expect(found.count == min(matching.count, Limits.attempts))
        #expect(Set(found.map(\.id)).count == found.count)
        for (first, second) in zip(found, found.dropFirst()) {
            #expect(first.prefix.count >= second.prefix.count)
            guard first.prefix == second.prefix else { continue }
            #expect(first.priority <= second.priority)
            if first.priority == second.priority { #expect(first.weight > 0 || second.weight == 0) }
        }
    }

    @Test func weightIsAShare() throws {
        var bench = Bench()
        for weight in [3, 1, 0] {
            try bench.carryOut(.createRoute(RouteDraft(echo: true, priority: 1, weight: weight)))
        }
        var first: [UInt16: Int] = [:]
        for _ in 0..<4_000 {
            let found = bench.directory.hunt([], using: &bench.generator)
            first[found[0].weight, default: 0] += 1
            #expect(found[2].weight == 0)
        }
        #expect((2_850...3_150).contains(first[3] ?? 0))
    }

    @Test func deletedAndChangedRoutesAreNotFound() throws {
        var bench = Bench()
        for prefix in ["49", "491"] {
            try bench.carryOut(.createRoute(RouteDraft(prefix: prefix, echo: true)))
        }
        let long = try #require(bench.directory.routes.first { $0.prefix == "491" })
        let short = try #require(bench.directory.routes.first { $0.prefix == "49" })
        try bench.carryOut(.replaceRoute(long.id, RouteDraft(prefix: "7", echo: true)))
        #expect(
            bench.directory.hunt(Octets("4912".utf8), using: &bench.generator).map(\.id)
                == [short.id])
        try bench.carryOut(.deleteRoute(short.id))
        #expect(bench.directory.hunt(Octets("4912".utf8), using: &bench.generator).isEmpty)
        #expect(bench.directory.hunt([], using: &bench.generator).isEmpty)
    }
}
