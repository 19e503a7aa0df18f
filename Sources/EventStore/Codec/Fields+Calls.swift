// The fields of the facts of a call.

import Domain

extension CallOffered: Coded {
    static var blank: CallOffered {
        CallOffered(
            seed: 0, sipCallID: [], remoteTag: [], localTag: [], cseq: 0,
            source: .compactDefault, local: .compactDefault, requestURI: [], from: [], to: [],
            callerNumber: [], calledNumber: [], remoteTarget: [], routeSet: [],
            remoteSession: [], localSession: [])
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &seed)
        fields.octets(2, &sipCallID)
        fields.octets(3, &remoteTag)
        fields.octets(4, &localTag)
        fields.varint(5, &cseq)
        fields.compact(6, &source)
        fields.compact(7, &local)
        fields.octets(8, &requestURI)
        fields.octets(9, &from)
        fields.octets(10, &to)
        fields.octets(11, &callerNumber)
        fields.octets(12, &calledNumber)
        fields.octets(13, &remoteTarget)
        fields.octetsList(14, &routeSet)
        fields.octets(15, &remoteSession)
        fields.octets(16, &localSession)
    }
}

extension CallRefused: Coded {
    static var blank: CallRefused {
        CallRefused(
            reason: .badRequest, status: 0, phrase: "", cdrNumber: 0, trunk: nil, trunkVersion: 0,
            customer: nil, username: [])
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.choice(1, &reason)
        fields.varint(2, &status)
        fields.text(3, &phrase)
        fields.varint(4, &cdrNumber)
        fields.compact(5, &trunk)
        fields.varint(6, &trunkVersion)
        fields.compact(7, &customer)
        fields.octets(8, &username)
    }
}

extension CallAuthorised: Coded {
    static var blank: CallAuthorised {
        CallAuthorised(
            method: [], trunk: .compactDefault, trunkVersion: 0, customer: .compactDefault,
            domainName: "", username: [], algorithm: nil, nonce: [], nonceCount: 0)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        var types = method.rawValue
        fields.varint(1, &types)
        method = AuthTypes(rawValue: types)
        fields.compact(2, &trunk)
        fields.varint(3, &trunkVersion)
        fields.compact(4, &customer)
        fields.text(5, &domainName)
        fields.octets(6, &username)
        fields.choice(7, &algorithm)
        fields.varint(8, &nonceCount)
        fields.octets(9, &nonce)
    }
}

extension CallRouted: Coded {
    static var blank: CallRouted {
        CallRouted(
            attempt: 0, route: .compactDefault, routeVersion: 0, carrier: nil, carrierVersion: 0,
            destination: "", requestURI: [], target: nil, local: nil, sipCallID: [],
            localTag: [], callerNumber: [], calledNumber: [])
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &attempt)
        fields.compact(2, &route)
        fields.varint(3, &routeVersion)
        fields.compact(4, &carrier)
        fields.varint(5, &carrierVersion)
        fields.text(6, &destination)
        fields.octets(7, &requestURI)
        fields.compact(8, &target)
        fields.compact(9, &local)
        fields.octets(10, &sipCallID)
        fields.octets(11, &localTag)
        fields.octets(12, &callerNumber)
        fields.octets(13, &calledNumber)
    }
}

extension CallProgressed: Coded {
    static var blank: CallProgressed {
        CallProgressed(
            attempt: 0, status: 0, phrase: [], earlyMedia: false, remoteTag: [], callerTag: [],
            remoteTarget: [], routeSet: [])
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &attempt)
        fields.varint(2, &status)
        fields.octets(3, &phrase)
        fields.flag(4, &earlyMedia)
        fields.octets(5, &remoteTag)
        fields.octets(6, &callerTag)
        fields.octets(7, &remoteTarget)
        fields.octetsList(8, &routeSet)
    }
}

extension CallAnswered: Coded {
    static var blank: CallAnswered {
        CallAnswered(
            attempt: 0, status: 0, phrase: [], remoteTag: [], callerTag: [], remoteTarget: [],
            routeSet: [], codec: "")
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &attempt)
        fields.varint(2, &status)
        fields.octets(3, &phrase)
        fields.octets(4, &remoteTag)
        fields.octets(5, &callerTag)
        fields.octets(6, &remoteTarget)
        fields.octetsList(7, &routeSet)
        fields.text(8, &codec)
    }
}

extension AttemptFailed: Coded {
    static var blank: AttemptFailed {
        AttemptFailed(attempt: 0, status: 0, phrase: [], reasons: [], cause: nil)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &attempt)
        fields.varint(2, &status)
        fields.octets(3, &phrase)
        fields.octetsList(4, &reasons)
        fields.choice(5, &cause)
    }
}

extension AttemptSettled: Coded {
    static var blank: AttemptSettled {
        AttemptSettled(attempt: 0, status: 0, lateAnswer: false)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &attempt)
        fields.varint(2, &status)
        fields.flag(3, &lateAnswer)
    }
}

extension DialogRefreshed: Coded {
    static var blank: DialogRefreshed { DialogRefreshed(leg: .caller, remoteTarget: []) }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.choice(1, &leg)
        fields.octets(2, &remoteTarget)
    }
}

extension CallEnded: Coded {
    static var blank: CallEnded {
        CallEnded(
            by: .gateway, cause: .hangup, destinationStatus: 0, destinationPhrase: [],
            destinationReasons: [], callerStatus: 0, callerPhrase: [], reasons: [], cdrNumber: 0,
            recovery: nil)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.choice(1, &by)
        fields.choice(2, &cause)
        fields.varint(3, &destinationStatus)
        fields.octets(4, &destinationPhrase)
        fields.octetsList(5, &destinationReasons)
        fields.varint(6, &callerStatus)
        fields.octets(7, &callerPhrase)
        fields.octetsList(8, &reasons)
        fields.varint(9, &cdrNumber)
        fields.optional(10, &recovery)
    }
}

extension CallEnded.Recovery: Coded {
    static var blank: CallEnded.Recovery {
        CallEnded.Recovery(
            outageStart: WallTime(nanoseconds: 0), outageEnd: WallTime(nanoseconds: 0), due: nil)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.wall(1, &outageStart)
        fields.wall(2, &outageEnd)
        fields.deletion(3, &due)
    }
}
