import Domain
import EventStore
import Testing

/// What is said of a disk by the times of its syncs.
struct DiskPaceTests {
    private let pace = DiskPace()
    private let second: Int64 = 1_000_000_000

    private func sync(at begin: Int64, milliseconds: Int64) {
        pace.began(at: begin)
        pace.ended(at: begin + milliseconds * 1_000_000)
    }

    @Test func oneSlowSyncIsForgottenAfterAMinute() {
        sync(at: 0, milliseconds: 80)
        for number in Int64(1)...20 { sync(at: number * second, milliseconds: 1) }
        #expect(pace.verdict(at: 21 * second) == .slow)
        #expect(pace.percentile(0.99, at: 21 * second) == .milliseconds(80))
        #expect(pace.verdict(at: 62 * second) == .good)
        #expect(pace.percentile(0.99, at: 62 * second) == .milliseconds(1))
    }

    @Test func nothingIsSaidOfADiskThatWasNotUsed() {
        sync(at: 0, milliseconds: 80)
        #expect(pace.percentile(0.5, at: 62 * second) == .zero)
        #expect(pace.verdict(at: 62 * second) == .good)
    }

    @Test func theLatestSyncsCountWhenThereAreMany() {
        for number in Int64(0)..<1_000 { sync(at: number, milliseconds: 20) }
        #expect(pace.verdict(at: second) == .slow)
        for number in Int64(0)..<1_000 { sync(at: number, milliseconds: 2) }
        #expect(pace.verdict(at: second) == .good)
        #expect(pace.count == 2_000)
    }

    @Test func waitingForSpaceIsNoSync() {
        pace.began(at: 0)
        pace.interrupted()
        #expect(pace.current(at: 10 * second) == .zero)
        pace.ended(at: 10 * second)
        #expect(pace.count == 0 && pace.verdict(at: 10 * second) == .good)
    }

    @Test func aSyncThatDoesNotEndIsNoticedWhileItGoesOn() {
        pace.began(at: 0)
        #expect(pace.verdict(at: second / 4) == .good)
        #expect(pace.verdict(at: second) == .shedding)
        #expect(pace.verdict(at: 6 * second) == .failed)
        pace.ended(at: 6 * second)
        #expect(pace.verdict(at: 6 * second + 1) == .shedding)
        #expect(pace.verdict(at: 8 * second) == .slow)
    }
}
