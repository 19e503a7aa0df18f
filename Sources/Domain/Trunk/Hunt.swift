// The order in which destinations are tried for a number.

extension Directory {
    /// Routes for a number: the longest prefix first, then the lowest priority, and within equal ones
    /// a draw by weight. Shorter prefixes follow as the next choice. At most `Limits.attempts`.
    package func hunt(
        _ number: Octets, using generator: inout some RandomNumberGenerator
    ) -> [Route] {
        var out: [Route] = []
        for prefix in prefixes(of: number) {
            let routes = self.routes(prefix: prefix)
            for priority in Set(routes.map(\.priority)).sorted() {
                out += Self.draw(routes.filter { $0.priority == priority }, using: &generator)
            }
            if out.count >= Limits.attempts { break }
        }
        return Array(out.prefix(Limits.attempts))
    }

    /// Draws all of them one after the other, each with a chance in proportion to its weight among
    /// those left. Weight 0 comes after every other weight; several of them have equal chances.
    private static func draw(
        _ routes: [Route], using generator: inout some RandomNumberGenerator
    ) -> [Route] {
        var left = routes
        var out: [Route] = []
        while !left.isEmpty, out.count < Limits.attempts {
            let total = left.reduce(0) { $0 + Int($1.weight) }
            var index = 0
            if total == 0 {
                index = Int.random(in: 0..<left.count, using: &generator)
            } else {
                var point = Int.random(in: 0..<total, using: &generator)
                while point >= Int(left[index].weight) {
                    point -= Int(left[index].weight)
                    index += 1
                }
            }
            out.append(left.remove(at: index))
        }
        return out
    }
}
