// The header fields with a meaning somewhere, so that a message is searched by number and not by
// text. Names compare without case and have one-letter forms (RFC 3261 §7.3.3 and the IANA list).

/// A known header field.
package enum HeaderName: UInt8, CaseIterable, Sendable {
    case via, from, to, callID, cseq, contact, maxForwards, contentType, contentLength
    case contentEncoding, contentDisposition, contentLanguage, route, recordRoute, require
    case proxyRequire, supported, unsupported, allow, allowEvents, accept, acceptEncoding
    case acceptLanguage, acceptContact, rejectContact, requestDisposition, authorization
    case proxyAuthorization, authenticate, proxyAuthenticate, authenticationInfo, reason
    case sessionID, privacy, preferredIdentity, assertedIdentity, remotePartyID, retryAfter
    case warning, rseq, rack, sessionExpires, minSE, minExpires, expires, date, timestamp
    case userAgent, server, organization, subject, priority, errorInfo, alertInfo, callInfo
    case identity, identityInfo, event, subscriptionState, referTo, referredBy, replaces, join
    case inReplyTo, replyTo, diversion, historyInfo, path, serviceRoute, mimeVersion, earlyMedia
}

extension HeaderName {
    private struct Spelling: Sendable {
        var name: HeaderName
        var text: Octets
        /// The one-letter form; 0 where there is none.
        var compact: UInt8

        init(_ name: HeaderName, _ text: String, _ compact: String = "") {
            self.name = name
            self.text = Octets(text.utf8)
            self.compact = compact.utf8.first ?? 0
        }
    }

    private static let spellings = [
        Spelling(.via, "Via", "v"),
        Spelling(.from, "From", "f"),
        Spelling(.to, "To", "t"),
        Spelling(.callID, "Call-ID", "i"),
        Spelling(.cseq, "CSeq"),
        Spelling(.contact, "Contact", "m"),
        Spelling(.maxForwards, "Max-Forwards"),
        Spelling(.contentType, "Content-Type", "c"),
        Spelling(.contentLength, "Content-Length", "l"),
        Spelling(.contentEncoding, "Content-Encoding", "e"),
        Spelling(.contentDisposition, "Content-Disposition"),
        Spelling(.contentLanguage, "Content-Language"),
        Spelling(.route, "Route"),
        Spelling(.recordRoute, "Record-Route"),
        Spelling(.require, "Require"),
        Spelling(.proxyRequire, "Proxy-Require"),
        Spelling(.supported, "Supported", "k"),
        Spelling(.unsupported, "Unsupported"),
        Spelling(.allow, "Allow"),
        Spelling(.allowEvents, "Allow-Events", "u"),
        Spelling(.accept, "Accept"),
        Spelling(.acceptEncoding, "Accept-Encoding"),
        Spelling(.acceptLanguage, "Accept-Language"),
        Spelling(.acceptContact, "Accept-Contact", "a"),
        Spelling(.rejectContact, "Reject-Contact", "j"),
        Spelling(.requestDisposition, "Request-Disposition", "d"),
        Spelling(.authorization, "Authorization"),
        Spelling(.proxyAuthorization, "Proxy-Authorization"),
        Spelling(.authenticate, "WWW-Authenticate"),
        Spelling(.proxyAuthenticate, "Proxy-Authenticate"),
        Spelling(.authenticationInfo, "Authentication-Info"),
        Spelling(.reason, "Reason"),
        Spelling(.sessionID, "Session-ID"),
        Spelling(.privacy, "Privacy"),
        Spelling(.preferredIdentity, "P-Preferred-Identity"),
        Spelling(.assertedIdentity, "P-Asserted-Identity"),
        Spelling(.remotePartyID, "Remote-Party-ID"),
        Spelling(.retryAfter, "Retry-After"),
        Spelling(.warning, "Warning"),
        Spelling(.rseq, "RSeq"),
        Spelling(.rack, "RAck"),
        Spelling(.sessionExpires, "Session-Expires", "x"),
        Spelling(.minSE, "Min-SE"),
        Spelling(.minExpires, "Min-Expires"),
        Spelling(.expires, "Expires"),
        Spelling(.date, "Date"),
        Spelling(.timestamp, "Timestamp"),
        Spelling(.userAgent, "User-Agent"),
        Spelling(.server, "Server"),
        Spelling(.organization, "Organization"),
        Spelling(.subject, "Subject", "s"),
        Spelling(.priority, "Priority"),
        Spelling(.errorInfo, "Error-Info"),
        Spelling(.alertInfo, "Alert-Info"),
        Spelling(.callInfo, "Call-Info"),
        Spelling(.identity, "Identity", "y"),
        Spelling(.identityInfo, "Identity-Info", "n"),
        Spelling(.event, "Event", "o"),
        Spelling(.subscriptionState, "Subscription-State"),
        Spelling(.referTo, "Refer-To", "r"),
        Spelling(.referredBy, "Referred-By", "b"),
        Spelling(.replaces, "Replaces"),
        Spelling(.join, "Join"),
        Spelling(.inReplyTo, "In-Reply-To"),
        Spelling(.replyTo, "Reply-To"),
        Spelling(.diversion, "Diversion"),
        Spelling(.historyInfo, "History-Info"),
        Spelling(.path, "Path"),
        Spelling(.serviceRoute, "Service-Route"),
        Spelling(.mimeVersion, "MIME-Version"),
        Spelling(.earlyMedia, "P-Early-Media"),
    ]

    /// Spellings by length, which leaves a handful to compare.
    private static let byLength: [[Spelling]] = {
        var table: [[Spelling]] = []
        for spelling in spellings {
            while table.count <= spelling.text.count { table.append([]) }
            table[spelling.text.count].append(spelling)
        }
        return table
    }()

    /// Known names by their one-letter form.
    private static let byLetter: [HeaderName?] = {
        var table: [HeaderName?] = Array(repeating: nil, count: 256)
        for spelling in spellings where spelling.compact != 0 {
            table[Int(spelling.compact)] = spelling.name
        }
        return table
    }()

    private static let texts: [Octets] = {
        var table = Array(repeating: Octets(), count: allCases.count)
        for spelling in spellings { table[Int(spelling.name.rawValue)] = spelling.text }
        return table
    }()

    /// The known field of that name, long or compact, either case; nil for others.
    package init?(_ name: ArraySlice<UInt8>) { self.init(name.span) }

    init?(_ name: Span<UInt8>) {
        if name.count == 1 {
            guard let known = Self.byLetter[Int(name[0].lowered)] else { return nil }
            self = known
            return
        }
        guard name.count < Self.byLength.count else { return nil }
        for spelling in Self.byLength[name.count]
        where name.equalsIgnoringCase(spelling.text.span) {
            self = spelling.name
            return
        }
        return nil
    }

    /// The long form as written in the RFCs.
    package var octets: Octets { Self.texts[Int(rawValue)] }
}
