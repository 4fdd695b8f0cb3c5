"""What pages are made of: each is a declaration in Python and a macro in ``templates/components``.

A page feeds them; none of them knows a page.
"""
