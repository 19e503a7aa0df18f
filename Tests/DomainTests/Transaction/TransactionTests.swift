// The four machines of RFC 3261 §17 as transcripts: what goes in when, what comes out.

import Domain
import Testing

private func at(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: milliseconds * 1_000_000)
}

/// Runs a machine from deadline to deadline and notes the milliseconds at which it acted.
private func deadlines(
    until end: Int64, next: () -> Instant?, reached: (Instant) -> Bool
) -> [Int64] {
    var acted: [Int64] = []
    while let due = next(), due <= at(end) {
        if reached(due) { acted.append(due.nanoseconds / 1_000_000) }
    }
    return acted
}

@Suite struct InviteClientTests {
    @Test func repeatsAtDoublingIntervalsUntilTimerB() {
        var client = InviteClient(at: at(0))
        var last = InviteClient.Effect.none
        let times = deadlines(until: 60_000) {
            client.nextDeadline
        } reached: {
            last = client.timeReached($0)
            return last == .repeatRequest
        }
        #expect(times == [500, 1_500, 3_500, 7_500, 15_500, 31_500])
        #expect(last == .timedOut)
        #expect(client.state == .terminated)
    }

    @Test func provisionalResponseStopsRepeats() {
        var client = InviteClient(at: at(0))
        #expect(!client.isProceeding)
        #expect(client.responseReceived(180, at: at(100)) == .deliver)
        #expect(client.isProceeding)
        #expect(client.nextDeadline == nil)
        #expect(client.responseReceived(183, at: at(200)) == .deliver)
    }

    @Test func failureIsAcknowledgedEachTime() {
        var client = InviteClient(at: at(0))
        #expect(client.responseReceived(486, at: at(100)) == .deliverAndAcknowledge)
        #expect(client.responseReceived(486, at: at(600)) == .acknowledge)
        #expect(client.responseReceived(200, at: at(700)) == .none)
        #expect(client.nextDeadline == at(32_100))
        #expect(client.timeReached(at(32_100)) == .terminated)
    }

    /// RFC 6026 §7.2: every 2xx is the user's, for 64*T1.
    @Test func acceptedHandsOnEverySuccess() {
        var client = InviteClient(at: at(0))
        #expect(client.responseReceived(200, at: at(100)) == .deliver)
        #expect(client.responseReceived(200, at: at(600)) == .deliver)
        #expect(client.responseReceived(486, at: at(700)) == .none)
        #expect(client.timeReached(at(32_100)) == .terminated)
        #expect(client.responseReceived(200, at: at(32_200)) == .none)
    }

    @Test func transportFailureIsATimeout() {
        var client = InviteClient(at: at(0))
        #expect(client.transportFailed() == .timedOut)
        #expect(client.transportFailed() == .none)
    }
}

@Suite struct InviteServerTests {
    @Test func failureIsRepeatedUntilTimerH() {
        var server = InviteServer()
        server.responseDecided(486, at: at(0))
        var last = InviteServer.Effect.none
        let times = deadlines(until: 60_000) {
            server.nextDeadline
        } reached: {
            last = server.timeReached($0)
            return last == .repeatResponse
        }
        #expect(
            times == [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
        #expect(last == .unacknowledged)
    }

    @Test func acknowledgedFailureAbsorbsRepeatsForTimerI() {
        var server = InviteServer()
        #expect(server.requestRepeated() == .repeatResponse)
        server.responseDecided(404, at: at(0))
        #expect(server.requestRepeated() == .repeatResponse)
        #expect(server.ackReceived(at: at(40)) == .none)
        #expect(server.requestRepeated() == .none)
        #expect(server.nextDeadline == at(5_040))
        #expect(server.timeReached(at(5_040)) == .terminated)
    }

    @Test func successHandsOnTheAcknowledgement() {
        var server = InviteServer()
        server.responseDecided(180, at: at(0))
        #expect(server.state == .proceeding)
        server.responseDecided(200, at: at(10))
        #expect(server.requestRepeated() == .none)
        #expect(server.ackReceived(at: at(20)) == .deliver)
        #expect(server.timeReached(at(32_010)) == .terminated)
    }

    @Test func secondFinalResponseChangesNothing() {
        var server = InviteServer()
        server.responseDecided(200, at: at(0))
        let state = server.state
        server.responseDecided(487, at: at(10))
        #expect(server.state == state)
    }
}

@Suite struct NonInviteTests {
    @Test func clientRepeatsUntilTimerF() {
        var client = NonInviteClient(at: at(0))
        var last = NonInviteClient.Effect.none
        let times = deadlines(until: 60_000) {
            client.nextDeadline
        } reached: {
            last = client.timeReached($0)
            return last == .repeatRequest
        }
        #expect(
            times == [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
        #expect(last == .timedOut)
    }

    @Test func clientAbsorbsRepeatedResponsesForTimerK() {
        var client = NonInviteClient(at: at(0))
        #expect(client.responseReceived(200, at: at(100)) == .deliver)
        #expect(client.responseReceived(200, at: at(200)) == .none)
        #expect(client.nextDeadline == at(5_100))
        #expect(client.timeReached(at(5_100)) == .terminated)
    }

    @Test func serverRepeatsItsAnswerUntilTimerJ() {
        var server = NonInviteServer()
        #expect(server.requestRepeated() == .none)
        server.responseDecided(200, at: at(0))
        #expect(server.requestRepeated() == .repeatResponse)
        #expect(server.timeReached(at(31_999)) == .none)
        #expect(server.timeReached(at(32_000)) == .terminated)
    }
}

@Suite struct DeadlineQueueTests {
    @Test func givesSubjectsInTheOrderOfTheirTimes() {
        var queue = DeadlineQueue<Int>()
        var generator = SplitMix(seed: 7)
        let times = (0..<200).map { _ in Int64.random(in: 0..<1_000, using: &generator) }
        for time in times { queue.push(Int(time), due: at(time)) }
        #expect(queue.next == at(times.min() ?? 0))
        #expect(queue.pop(at: at(-1)) == nil)
        var popped: [Int] = []
        while let subject = queue.pop(at: at(1_000)) { popped.append(subject) }
        #expect(popped == times.map { Int($0) }.sorted())
        #expect(queue.next == nil)
    }
}
