// A record is shown to be what its events say, column by column, and a refusal says what to do.

import Domain
import Projections
import Testing

@Suite struct CDRProofTests {
    private func column(_ name: String, _ records: [Record]) throws -> CDRProof.Column {
        let proof = try #require(CDRProof(records))
        return try #require(proof.columns.first { $0.name == name })
    }

    @Test func eachColumnNamesItsEvent() throws {
        let records = SampleCall.answered()
        for (name, type) in [
            ("caller_number", EventType.callOffered), ("trunk_version", .callAuthorised),
            ("carrier_version", .callRouted), ("sip_status", .callAnswered),
            ("ended_by", .callEnded), ("cdr_number", .callEnded),
        ] {
            #expect(try column(name, records).events.map(\.event.type) == [type], "\(name)")
        }
        #expect(
            try column("talk_ms", records).events.map(\.event.type) == [.callAnswered, .callEnded])
        #expect(
            try column("attempts", records).events.map(\.event.type)
                == [.callRouted, .attemptFailed, .callRouted, .callAnswered])
        #expect(try column("refusal_reason", records).events.isEmpty)
    }

    @Test func theProofIsALineOfAMessage() throws {
        let records = SampleCall.answered()
        for (name, line) in [
            ("caller_number", "From: \"Al [x]\" <sip:1000@acme.trunk.test>;tag=f0"),
            ("destination_sip_call_id", "Call-ID: c2"), ("reason", "Reason: Q.850;cause=16"),
            ("sip_status", "SIP/2.0 200 OK"), ("ended_by", "BYE sip:g@gateway SIP/2.0"),
            ("destination_status", "SIP/2.0 503 Service Unavailable"),
        ] {
            let excerpt = try #require(try column(name, records).excerpt, "\(name)")
            #expect(excerpt.line == line, "\(name)")
            let record = try #require(records.first { $0.number == excerpt.event })
            guard case .requestReceived(let step) = record.event else { continue }
            #expect(step.message[excerpt.offset...].starts(with: line.utf8), "\(name)")
        }
    }

    @Test func theRecordIsTheOneOfTheTables() throws {
        let records = SampleCall.answered()
        var reading = try #require(CallRecord(beginning: records[0]))
        for record in records { reading.apply(record) }
        let proof = try #require(CDRProof(records))
        #expect(proof.columns.map { JSON.Member($0.name, $0.value) } == reading.columns)
    }

    @Test func noSecretIsShown() throws {
        let proof = try #require(CDRProof(SampleCall.answered()))
        #expect(!proof.text.contains("deadbeef") && !proof.json.text.contains("deadbeef"))
        #expect(proof.text.contains("response=\"********\""))
    }

    @Test func aRefusalSaysWhyAndWhatToDo() throws {
        let verdict = try #require(CallVerdict(SampleCall.refused()))
        #expect(
            verdict.sentences.last
                == "refused with 403 Forbidden: the password is wrong, as user acme "
                + "(event 14, CDR 3)")
        #expect(verdict.advice == RefusalReason.wrongPassword.advice)
    }

    @Test func aFailOverIsTold() throws {
        let verdict = try #require(CallVerdict(SampleCall.answered()))
        #expect(verdict.sentences.contains("attempt 1 failed: 503 Service Unavailable"))
        #expect(verdict.advice == nil)
        #expect(CallVerdict(Array(SampleCall.answered().dropFirst())) == nil)
    }

    @Test func everyReasonHasAMeaningOfItsOwn() {
        #expect(Set(RefusalReason.allCases.map(\.meaning)).count == RefusalReason.allCases.count)
        #expect(Set(EndCause.allCases.map(\.meaning)).count == EndCause.allCases.count)
    }
}
