import Domain
import Testing

/// Whatever arrives, the parsers return: each truncation and many damaged copies of real messages.
struct HostileInputTests {
    private static let seeds: [Octets] = {
        var seeds = [Samples.wire(Samples.invite), Samples.wire(Samples.response)]
        for name in ["wsinv", "intmeth", "esc01", "mpart01", "unreason", "badinv01", "multi01"] {
            if let bytes = TortureCorpus.read("rfc4475/raw/\(name).dat") { seeds.append(bytes) }
        }
        return seeds
    }()

    /// Touches everything that reads untrusted bytes.
    private func exercise(_ bytes: Octets) {
        switch Samples.parse(bytes) {
        case .success(let message):
            for name in HeaderName.allCases { for value in message.values(name) { touch(value) } }
            _ = message.contact
            for span in SessionBody.secretSpans(in: message) {
                #expect(Int(span.offset) + Int(span.length) <= bytes.count)
            }
            if let range = SessionBody.find(in: message) {
                describe(message.bytes[range])
                _ = SessionBody.replacing(range, with: [], in: message)
            }
            answer(message.answerable)
        case .failure(let error): answer(error.answerable)
        }
    }

    private func touch(_ value: ArraySlice<UInt8>) {
        _ = Via(parsing: value)
        if let name = NameAddress(parsing: value), let uri = URI(parsing: name.uri) {
            _ = URI.unescaped(uri.user ?? [])
            _ = uri.address
        }
    }

    /// No answer may hold a line that the request made up.
    private func answer(_ answerable: Answerable?) {
        guard let answerable else { return }
        var writer = MessageWriter.response(
            to: answerable, status: 400, phrase: "Bad", toTag: [65], received: Endpoint(.v4(1), 1))
        writer.end()
        let lines = writer.bytes.split(separator: 10)
        #expect(lines.count <= answerable.vias.reduce(8) { $0 + 1 + $1.filter { $0 == 44 }.count })
    }

    private func describe(_ bytes: ArraySlice<UInt8>) {
        guard let description = try? SessionDescription(parsing: bytes) else { return }
        let octets = description.rewritten(
            sessionID: 1, version: 2, address: .v4(0x0a00_0001), ports: [4_000, nil])
        #expect((try? SessionDescription(parsing: octets))?.media.count == description.media.count)
    }

    @Test func everyTruncation() {
        for seed in Self.seeds {
            for length in 0...seed.count { exercise(Octets(seed[..<length])) }
        }
    }

    @Test func damagedCopies() {
        var generator = SeededGenerator(state: 7)
        let interesting = Octets("\r\n \t\",;:<>@[]=/\\%?0\0".utf8) + [0x80, 0xff]
        for seed in Self.seeds {
            for _ in 0..<1_500 {
                var bytes = seed
                for _ in 0..<Int.random(in: 1...6, using: &generator) {
                    let index = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                    case 1: bytes[index] = interesting.randomElement(using: &generator) ?? 0
                    case 2: bytes.remove(at: index)
                    default:
                        bytes.insert(interesting.randomElement(using: &generator) ?? 0, at: index)
                    }
                }
                exercise(bytes)
            }
        }
    }

    @Test func noise() {
        var generator = SeededGenerator(state: 11)
        for length in 0..<600 {
            exercise((0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        exercise(Array(repeating: 65, count: Limits.datagramBytes + 1))
        exercise(Samples.request() + Array(repeating: 10, count: 60_000))
        exercise(Samples.request(extra: "X: " + String(repeating: "\n ", count: 20_000) + "\n"))
    }
}
