"""Tables as people see them: cells as shown, read from delimited text and from Excel workbooks."""
