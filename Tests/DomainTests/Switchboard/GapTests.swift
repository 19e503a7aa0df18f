// A log that lost events: what is left is folded, and nothing is guessed about the rest.

import Domain
import Testing

@Suite struct GapTests {
    private func gap(
        _ lost: ClosedRange<EventNumber>, after record: Record, lastCDR: UInt64 = 0
    ) -> Record {
        let event = GapRecorded(
            firstLost: lost.lowerBound, lastLost: lost.upperBound, segment: "s", offset: 8_192,
            length: 0, digest: [], reason: "damaged", operatorName: "o", note: "",
            recorded: record.stamp.wall, lastCDR: lastCDR, signature: [])
        return Record(
            number: lost.lowerBound, stamp: record.stamp, stream: .gateway,
            eventID: EventID(epoch: 1, ordinal: 0), event: .gapRecorded(event))
    }

    /// A whole call, from its offer to its end.
    private func call() throws -> [Record] {
        let stage = Stage()
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        let invite = try stage.next(to: Stage.destination)
        stage.receive(Lines.response(486, "Busy Here", to: invite), from: Stage.destination)
        #expect(stage.ended?.cdrNumber == 1)
        return stage.records
    }

    private func replaced(_ records: [Record], from: Int, through: Int) -> [Record] {
        let lost = records[from].number...records[through].number
        return records[..<from] + [gap(lost, after: records[from])] + records[(through + 1)...]
    }

    @Test func gapStandsForAllThatIsLost() throws {
        let stage = Stage()
        let last = try #require(stage.records.last)
        let record = gap(last.number + 1...last.number + 500, after: last)
        #expect(record.lastNumber == last.number + 500)
        #expect(last.lastNumber == last.number)
        stage.core.fold(record)
        #expect(stage.core.lastNumber == last.number + 500)
    }

    @Test func callWhoseEndIsLostIsEndedByTheNextStart() throws {
        let records = try call()
        let end = try #require(records.firstIndex { $0.event.type == .callEnded })
        let after = Stage(
            seed: 2, folding: replaced(records, from: end, through: records.count - 1))
        #expect(after.ended?.by == .destination)
        #expect(after.core.calls.isEmpty)
    }

    @Test func numberOfARecordIsNotDrawnTwiceWhenTheOfferIsLost() throws {
        let records = try call()
        let offer = try #require(records.firstIndex { $0.event.type == .callOffered })
        let after = Stage(seed: 2, folding: replaced(records, from: offer, through: offer))
        #expect(after.core.calls.isEmpty)
        // Not the refused INVITE again, which would get the same refusal.
        after.receive(
            Lines.request(
                "INVITE", cseq: 5, branch: "z9hG4bKnew", body: Lines.sdp("10.0.0.1", 4_000)),
            from: Stage.caller)
        let invite = try after.next(to: Stage.destination)
        after.receive(Lines.response(486, "Busy Here", to: invite), from: Stage.destination)
        #expect(after.ended?.cdrNumber == 2)
    }

    @Test func numbersThatWereDrawnOnlyInAGapAreNotDrawnAgain() throws {
        let stage = Stage()
        stage.furnish()
        let last = try #require(stage.records.last)
        let gap = gap(last.number + 1...last.number + 500, after: last, lastCDR: 41)
        let after = Stage(seed: 2, folding: stage.records + [gap])
        after.receive(Lines.invite(), from: Stage.caller)
        let invite = try after.next(to: Stage.destination)
        after.receive(Lines.response(486, "Busy Here", to: invite), from: Stage.destination)
        #expect(after.ended?.cdrNumber == 42)
    }

    /// Whatever is lost, what is left can be folded and the gateway starts.
    @Test func anyGapIsSurvived() throws {
        let records = try call()
        for from in records.indices {
            for through in from..<records.count {
                let after = Stage(
                    seed: 2, folding: replaced(records, from: from, through: through))
                #expect(after.core.lastNumber >= records[records.count - 1].number)
            }
        }
    }

    @Test func recordOfACallSaysThatThereWasAGap() throws {
        let records = try call()
        let offer = try #require(records.firstIndex { $0.event.type == .callOffered })
        var record = try #require(CallRecord(beginning: records[offer]))
        #expect(!record.hasLogGap)
        let gap = gap(records[offer].number + 1...records[offer].number + 3, after: records[offer])
        record.apply(gap)
        #expect(record.hasLogGap)
        #expect(record.result == "in_progress")
        #expect(record.lastEvent == gap.number)
        #expect(record.columns.contains(JSON.Member("log_gap", .bool(true))))
    }
}
