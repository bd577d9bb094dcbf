/// Points in time as people write them: RFC 3339 in UTC.
package enum UTC {
    /// "2026-11-21T05:41:03Z".
    package static func text(seconds: UInt64) -> String {
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = civil(Int(days))
        let clock = [rest / 3600, rest / 60 % 60, rest % 60].map { two(Int($0)) }
        return "\(year)-\(two(month))-\(two(day))T\(clock.joined(separator: ":"))Z"
    }

    /// Seconds since 1970 of "2026-11-21T05:41:03Z", "2026-11-21 05:41:03" (also UTC) or of plain
    /// seconds; nil when it is none of them, or before 1970.
    package static func seconds(_ text: String) -> UInt64? {
        if let plain = UInt64(text) { return plain }
        let pattern = #/(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)Z?/#
        guard let found = text.wholeMatch(of: pattern) else { return nil }
        let numbers = [found.1, found.2, found.3, found.4, found.5, found.6].map { Int($0)! }
        let (year, month, day) = (numbers[0], numbers[1], numbers[2])
        let days = days(year, month, day)
        guard days >= 0, civil(days) == (year, month, day), numbers[3] < 24, numbers[4] < 60,
            numbers[5] < 60
        else { return nil }
        return UInt64(((days * 24 + numbers[3]) * 60 + numbers[4]) * 60 + numbers[5])
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    // The Gregorian calendar with years that begin in March, so that the odd day comes last (H.
    // Hinnant, "chrono-compatible low-level date algorithms").

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let ofEra = year - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let year = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let civil = month < 10 ? month + 3 : month - 9
        return (
            year + era * 400 + (civil <= 2 ? 1 : 0), civil, ofYear - (153 * month + 2) / 5 + 1
        )
    }
}
